// std::fs, std::env, std::io. Prints the same natively and as a guest.
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::process;
use std::time::{Duration, Instant, SystemTime};

fn list(path: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let kind = if entry.file_type()?.is_dir() { "/" } else { "" };
        names.push(format!("{}{}", entry.file_name().to_string_lossy(), kind));
    }
    names.sort();
    Ok(names)
}

fn work() -> io::Result<()> {
    fs::create_dir_all("tree/branch/twig")?;
    fs::write("tree/leaf", "green\nyellow\nred\n")?;
    println!("{:?}", list(Path::new("tree"))?);
    let mut file = fs::OpenOptions::new().read(true).write(true).open("tree/leaf")?;
    file.seek(SeekFrom::Start(6))?;
    file.write_all(b"YELLOW")?;
    file.seek(SeekFrom::Start(0))?;
    for line in BufReader::new(&file).lines() {
        println!("line {}", line?);
    }
    file.set_len(6)?;
    println!("{:?} {}", fs::read_to_string("tree/leaf")?, fs::metadata("tree/leaf")?.len());
    let mut more = fs::OpenOptions::new().append(true).open("tree/leaf")?;
    writeln!(more, "more")?;
    println!("copied {}", fs::copy("tree/leaf", "tree/branch/copy")?);
    fs::rename("tree/branch/copy", "tree/moved")?;
    println!("{:?} {:?}", list(Path::new("tree"))?, list(Path::new("tree/branch"))?);
    println!("{:?}", fs::File::open("missing").map_err(|e| e.kind()).err());
    println!("{:?}", fs::create_dir("tree").map_err(|e| e.kind()).err());
    println!("removed {}", fs::remove_dir("tree").is_ok());
    fs::hard_link("tree/moved", "tree/hard")?;
    fs::remove_file("tree/moved")?;
    let mut contents = String::new();
    fs::File::open("tree/hard")?.read_to_string(&mut contents)?;
    println!("{:?}", contents);
    let modified = fs::metadata("tree/hard")?.modified()?;
    println!("recent {}", SystemTime::now().duration_since(modified).unwrap_or_default() < Duration::from_secs(600));
    fs::remove_file("tree/hard")?;
    fs::remove_dir_all("tree/branch")?;
    println!("{:?}", list(Path::new("tree"))?);
    Ok(())
}

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    println!("{:?} {:?}", args, env::var("WEIR_VALUE"));
    let mut counts = BTreeMap::new();
    for line in io::stdin().lock().lines() {
        for word in line.unwrap().split_whitespace() {
            *counts.entry(word.to_string()).or_insert(0) += 1;
        }
    }
    println!("{:?}", counts);
    if let Err(error) = work() {
        println!("failed: {}", error);
        process::exit(99);
    }
    let begin = Instant::now();
    std::thread::sleep(Duration::from_millis(20));
    println!("slept {}", begin.elapsed() >= Duration::from_millis(20));
    eprintln!("done");
    process::exit(args.first().and_then(|a| a.parse().ok()).unwrap_or(0));
}
