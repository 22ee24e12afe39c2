// Command gendoc writes what of the documentation follows from the code: the
// page of kinds, the tables of settings in the pages of the programs, and the
// schemas of configuration files. It is run by go generate.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim"
)

//go:generate go run . ../../docs

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gendoc:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("write pages: want the folder of the documentation, got %q", args)
	}
	page, err := kinds()
	if err != nil {
		return fmt.Errorf("write list of kinds: %w", err)
	}
	if err := os.WriteFile(path.Join(args[0], "kinds.md"), page, 0o644); err != nil {
		return err
	}
	if page, err = amplifyKinds(); err != nil {
		return fmt.Errorf("write list of kinds of amplify: %w", err)
	}
	if err := os.WriteFile(path.Join(args[0], "kinds-amplify.md"), page, 0o644); err != nil {
		return err
	}
	if err := writeSchemas(path.Join(args[0], "schemas")); err != nil {
		return err
	}
	return writeTables(args[0])
}

const head = `<!-- Written by go generate from the table in gateway/apim/kinds.go: change that, not this. -->

# Kinds of Azure API Management

What the extractor reads, the tree holds, and the publisher writes, as of version %s of the management API. Fields that
are not named anywhere here travel along untouched, those of newer API versions too.

A kind that exists **in workspaces** as well is kept below ` + "`workspaces/NAME/`" + ` in the same folders. Trees that other tools
made may have [other layouts](layouts.md).

| kind | what | in workspaces | folder and files | key in [configuration files](configuration.md) | REST path |
|---|---|---|---|---|---|
`

func kinds() ([]byte, error) {
	ks, err := apim.Kinds()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, head, apim.APIVersion)
	for _, k := range ks.All() {
		if k.Row != k.Name || k.Doc == "" {
			continue
		}
		in := ""
		if ks.Get("workspace "+k.Row) != nil {
			in = "yes"
		}
		doc := k.Doc
		if k.OptIn {
			doc += "; only where somebody asks for them"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | `%s` |\n", k.Name, doc, in, files(ks, k), keys(ks, k), rest(ks, k))
	}
	secrets(&b, ks)
	leftAlone(&b)
	return b.Bytes(), nil
}

func files(ks *gateway.Kinds, k *gateway.Kind) string {
	dir := dir(ks, k)
	var names []string
	if k.File != "" {
		names = append(names, k.File)
	}
	for _, s := range k.Split {
		names = append(names, s.File)
	}
	for _, a := range k.Attach {
		names = append(names, a.Pattern)
	}
	if len(names) == 0 {
		return "`" + dir + "/`"
	}
	return "`" + path.Join(dir, strings.Join(names, "`, `")) + "`"
}

func dir(ks *gateway.Kinds, k *gateway.Kind) string {
	if k == nil {
		return ""
	}
	if k.Only != "" {
		return dir(ks, ks.Get(k.Parent))
	}
	return path.Join(dir(ks, ks.Get(k.Parent)), k.Dir, "NAME")
}

func rest(ks *gateway.Kinds, k *gateway.Kind) string {
	if k == nil {
		return ""
	}
	name := "{name}"
	if k.Only != "" {
		name = k.Only
	}
	return rest(ks, ks.Get(k.Parent)) + "/" + k.Segment + "/" + name
}

// keys returns the keys that stand for a kind in configuration files, with
// those of the kinds that own it before.
func keys(ks *gateway.Kinds, k *gateway.Kind) string {
	above := ""
	for p := ks.Get(k.Parent); p != nil; p = ks.Get(p.Parent) {
		above = p.ConfigKeys()[0] + "[]." + above
	}
	all := k.ConfigKeys()
	for i, key := range all {
		all[i] = "`" + above + key + "`"
	}
	return strings.Join(all, ", ")
}

func secrets(b *bytes.Buffer, ks *gateway.Kinds) {
	b.WriteString("\n## Secrets\n\nThese fields never reach git, a plan or a log. A value in the tree or in the configuration is written to the gateway;\n" +
		"without one, the gateway keeps what it has.\n\n| kind | field | when |\n|---|---|---|\n")
	for _, k := range ks.All() {
		for _, s := range k.Secret {
			when := "always"
			if s.If != "" {
				when = "if `" + s.If + "` is true"
			}
			if s.Plain != nil {
				when = "unless it is a reference to a named value: `{{name}}`"
			}
			if k.Row == k.Name {
				fmt.Fprintf(b, "| %s | `%s` | %s |\n", k.Name, s.Field, when)
			}
		}
	}
}

func leftAlone(b *bytes.Buffer) {
	b.WriteString("\n## Left alone\n\nWhat a service holds besides. The extractor counts what it can and says so: \"seen, not managed\".\n\n| what | why |\n|---|---|\n")
	for _, u := range apim.Unmanaged() {
		fmt.Fprintf(b, "| %s | %s |\n", u.Name, u.Why)
	}
	b.WriteString("\nBuilt into every service, and neither read nor written: the groups `administrators`, `developers` and `guests` (links to\n" +
		"them are managed, but for that of `administrators`), the subscription `master`, and the named values\n" +
		"`Logger-Credentials--…` in which the service keeps credentials of loggers.\n")
}
