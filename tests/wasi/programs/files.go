// Files, folders, standard streams, environment, time and exit code in Go: does the same natively and as a guest.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sort"
	"strconv"
	"strings"
	"time"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "unexpected:", err)
		os.Exit(99)
	}
}

func writeAndRead() {
	check(os.MkdirAll("deep/er/est", 0o755))
	check(os.WriteFile("deep/er/est/file.txt", []byte(strings.Repeat("line of text\n", 1000)), 0o644))
	file, err := os.OpenFile("deep/er/est/file.txt", os.O_RDWR|os.O_APPEND, 0o644)
	check(err)
	_, err = file.WriteString("the last line\n")
	check(err)
	_, err = file.Seek(-14, 2)
	check(err)
	last, err := bufio.NewReader(file).ReadString('\n')
	check(err)
	info, err := file.Stat()
	check(err)
	check(file.Close())
	fmt.Printf("%q at the end of %d bytes\n", last, info.Size())

	moment := time.Unix(1_000_000_000, 0)
	check(os.Chtimes("deep/er/est/file.txt", moment, moment))
	info, err = os.Stat("deep/er/est/file.txt")
	check(err)
	fmt.Println("modified", info.ModTime().UTC().Format(time.RFC3339))
}

func namesAndErrors() {
	check(os.Rename("deep/er/est/file.txt", "deep/renamed.txt"))
	check(os.Symlink("renamed.txt", "deep/link"))
	target, err := os.Readlink("deep/link")
	check(err)
	fmt.Println("link to", target)
	check(os.WriteFile("deep/gone", nil, 0o600))
	check(os.Remove("deep/gone"))
	_, err = os.Open("deep/gone")
	fmt.Println("gone:", errors.Is(err, fs.ErrNotExist))
	_, err = os.OpenFile("deep/renamed.txt", os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	fmt.Println("there:", errors.Is(err, fs.ErrExist))
	_, err = os.ReadFile("../outside")
	fmt.Println("outside:", err != nil)
	check(fs.WalkDir(os.DirFS("."), ".", func(path string, entry fs.DirEntry, err error) error {
		check(err)
		fmt.Println(path, entry.IsDir())
		return nil
	}))
}

func countWords() {
	counts := map[string]int{}
	scanner := bufio.NewScanner(os.Stdin)
	for scanner.Scan() {
		for _, word := range strings.Fields(scanner.Text()) {
			counts[strings.ToLower(word)]++
		}
	}
	check(scanner.Err())
	words := make([]string, 0, len(counts))
	for word := range counts {
		words = append(words, word)
	}
	sort.Strings(words)
	for _, word := range words {
		fmt.Println(word, counts[word])
	}
}

func main() {
	fmt.Printf("%q %q\n", os.Args[1:], os.Getenv("WEIR_VALUE"))
	writeAndRead()
	namesAndErrors()
	countWords()

	// Goroutines, timers and the garbage collector.
	results := make(chan int)
	for i := 1; i <= 10; i++ {
		go func(n int) {
			time.Sleep(time.Duration(n) * time.Millisecond)
			results <- len(make([]byte, n<<16)) >> 16
		}(i)
	}
	sum := 0
	for i := 0; i < 10; i++ {
		sum += <-results
	}
	fmt.Println("sum", sum)
	fmt.Fprintln(os.Stderr, "to the error stream")
	code, err := strconv.Atoi(os.Args[1])
	check(err)
	os.Exit(code)
}
