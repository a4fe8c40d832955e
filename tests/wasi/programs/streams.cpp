// iostream (the guests' libc++ has no fstream), containers and algorithms. Prints the same natively and as a guest.
#include <algorithm>
#include <cstdio>
#include <deque>
#include <iomanip>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

struct Shape {
  virtual ~Shape() = default;
  virtual double area() const = 0;
};
struct Square : Shape {
  explicit Square(double its_side) : side(its_side) {}
  double area() const override { return side * side; }
  double side;
};
struct Disc : Shape {
  explicit Disc(double its_radius) : radius(its_radius) {}
  double area() const override { return 3.14159265358979 * radius * radius; }
  double radius;
};

void count_words(std::istream& in) {
  std::map<std::string, int> counts;
  for (std::string word; in >> word;) {
    std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::tolower(c); });
    ++counts[word];
  }
  std::vector<std::pair<std::string, int>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](auto const& a, auto const& b) { return a.second > b.second; });
  for (auto const& [word, count] : sorted) {
    std::cout << std::setw(3) << count << ' ' << word << '\n';
  }
}

void containers() {
  std::vector<int> numbers(1000);
  std::iota(numbers.begin(), numbers.end(), 1);
  std::rotate(numbers.begin(), numbers.begin() + 100, numbers.end());
  std::unordered_map<int, std::string> names;
  for (int const number : numbers) {
    names[number % 17] += static_cast<char>('a' + number % 26);
  }
  std::size_t total = 0;
  for (auto const& [key, name] : names) {
    total += name.size() * static_cast<std::size_t>(key + 1);
  }
  std::deque<int> queue;
  std::set<int> seen;
  for (int i = 0; i < 100; ++i) {
    i % 3 == 0 ? queue.push_front(i) : queue.push_back(i);
    seen.insert(i * i % 37);
  }
  std::cout << "front " << queue.front() << ", back " << queue.back() << ", squares " << seen.size() << ", total "
            << total << ", sum " << std::accumulate(numbers.begin(), numbers.end(), 0LL) << '\n';
}

} // namespace

int main(int argc, char** argv) {
  std::cout << std::boolalpha << (argc > 1) << ' ' << std::hex << std::showbase << 255 << std::dec << ' ' << std::fixed
            << std::setprecision(3) << 2.0 / 3 << '\n';
  count_words(std::cin);
  containers();
  std::vector<std::unique_ptr<Shape>> shapes;
  shapes.push_back(std::make_unique<Square>(1.5));
  shapes.push_back(std::make_unique<Disc>(2));
  for (auto const& shape : shapes) {
    std::cout << "area " << shape->area() << '\n';
  }
  std::ostringstream text;
  for (int i = 0; i < 5; ++i) {
    text << i * 1.25 << ' ' << i << '\n';
  }
  std::FILE* const file = std::fopen("numbers.txt", "w");
  std::fputs(text.str().c_str(), file);
  std::fclose(file);
  std::cout << text.str() << text.str().size() << " characters\n";
  std::cerr << "done\n";
  return argc > 1 ? std::stoi(argv[1]) : 0;
}
