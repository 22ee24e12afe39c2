// Package temptest puts the temporary files of tests into memory.
//
// Tests that make repositories and trees write thousands of small files that
// live for a moment, and on a disk that is most of what they cost. It knows
// how to find a folder in memory that is fit for them, and nothing of tests.
package temptest

import "os"

// InMemory has the temporary files of this process and of those it starts kept in memory, where the system has a folder
// for that with room enough. It does nothing where TMPDIR says already where to put them, as it does for a program that
// a test started. It is for TestMain.
func InMemory() {
	if _, asked := os.LookupEnv("TMPDIR"); asked {
		return
	}
	dir := folder()
	if dir == "" {
		return
	}
	if err := os.Setenv("TMPDIR", dir); err != nil {
		panic(err) // neither the name nor the path is anybody's input
	}
}
