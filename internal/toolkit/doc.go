// Package toolkit holds tests that put Lockstep in the place of the toolkit of
// Azure/apiops. It has no code of its own.
//
// In testdata stand workflows and pipelines that do what the toolkit's own do,
// step by step: the same inputs, variables, folders and tools. The tests run
// them on trees of each layout, against a sandbox, with the programs of this
// module as the archives that the steps download. The address of the download
// is all that is changed, as docs/migrating-from-azure-apiops.md says.
//
// They build programs and need curl, unzip and rsync: make toolkit runs them.
package toolkit
