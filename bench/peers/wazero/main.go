// Runs the export `run` of a module in wazero's interpreter and prints its result; wazero's own command runs whole
// programs only.
//
// usage: wazero-run MODULE N
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"github.com/tetratelabs/wazero"
)

func result() (int32, error) {
	if len(os.Args) != 3 {
		return 0, fmt.Errorf("usage: wazero-run MODULE N")
	}
	binary, err := os.ReadFile(os.Args[1])
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(os.Args[2], 10, 32)
	if err != nil {
		return 0, err
	}
	ctx := context.Background()
	runtime := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	defer runtime.Close(ctx)
	module, err := runtime.Instantiate(ctx, binary)
	if err != nil {
		return 0, err
	}
	run := module.ExportedFunction("run")
	if run == nil {
		return 0, fmt.Errorf("%s has no export `run`", os.Args[1])
	}
	results, err := run.Call(ctx, uint64(uint32(int32(n))))
	if err != nil {
		return 0, err
	}
	return int32(uint32(results[0])), nil
}

func main() {
	value, err := result()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(value)
}
