// For assemblyscript_test.py: integers, floats, strings, maps and the garbage collector.

export function primes(below: i32): i32 {
  const composite = new Array<bool>(below);
  let count = 0;
  for (let i = 2; i < below; i++) {
    if (composite[i]) continue;
    count++;
    for (let j = i * 2; j < below; j += i) composite[j] = true;
  }
  return count;
}

export function longest_collatz(below: i32): i64 {
  let best: i64 = 0;
  for (let start: i64 = 1; start < below; start++) {
    let steps: i64 = 0;
    for (let n = start; n != 1; n = n % 2 == 0 ? n / 2 : 3 * n + 1) steps++;
    if (steps > best) best = steps;
  }
  return best;
}

export function harmonic(terms: i32): f64 {
  let sum: f64 = 0;
  for (let i = 1; i <= terms; i++) sum += 1.0 / <f64>i;
  return sum;
}

// How often the most frequent digit sum comes up, counted by a map whose keys are strings; makes much garbage.
export function frequent(below: i32): i32 {
  const counts = new Map<string, i32>();
  let most = 0;
  for (let i = 0; i < below; i++) {
    let sum = 0;
    const digits = i.toString();
    for (let k = 0; k < digits.length; k++) sum += digits.charCodeAt(k) - 48;
    const key = "sum " + sum.toString();
    const count = (counts.has(key) ? counts.get(key) : 0) + 1;
    counts.set(key, count);
    most = max(most, count);
  }
  return most;
}
