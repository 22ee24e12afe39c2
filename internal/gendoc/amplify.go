package main

import (
	"bytes"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/amplify"
)

const amplifyHead = `<!-- Written by go generate from the table in gateway/amplify/rows.go: change that, not this. -->

# Kinds of Amplify

What the extractor reads, the tree holds, and the publisher writes, beside the kinds that a server [describes](gateways/amplify.md#kinds-that-are-newer).
A kind with **scopes** lies in the folder of each. Those marked **asked for** are made by running and not by people: they are
left alone unless ` + "`--with KIND`" + `, a filter or an override names them.

| kind | what | scopes | files | asked for |
|---|---|---|---|---|
`

// amplifyKinds returns the page of the kinds of Amplify.
func amplifyKinds() ([]byte, error) {
	ks, err := amplify.Kinds()
	if err != nil {
		return nil, err
	}
	rows := map[string][]*gateway.Kind{} // kinds that a kind of the server is, by where it is listed
	for _, k := range ks.All() {
		at := strings.Join([]string{k.Row, k.Doc, groupOf(ks, k)}, "\x00")
		rows[at] = append(rows[at], k)
	}
	var b bytes.Buffer
	b.WriteString(amplifyHead)
	for _, at := range slices.Sorted(maps.Keys(rows)) {
		k := rows[at][0]
		var scopes []string
		for _, one := range rows[at] {
			if one.Parent != "" {
				scopes = append(scopes, one.Parent)
			}
		}
		slices.Sort(scopes)
		asked := ""
		if k.OptIn {
			asked = "yes"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", k.Row, k.Doc, strings.Join(scopes, ", "), amplifyFiles(ks, k, len(scopes) > 1), asked)
	}
	b.WriteString("\n## Secrets\n\nValues of these fields are never read into a tree, nor shown. Git has their names.\n\n| kind | field |\n|---|---|\n")
	for _, at := range slices.Sorted(maps.Keys(rows)) {
		for _, s := range rows[at][0].Secret {
			field := "`" + s.Field + "`"
			if s.Each != nil {
				field += ": what is a credential by its name or its looks"
			}
			fmt.Fprintf(&b, "| %s | %s |\n", rows[at][0].Row, field)
		}
	}
	return b.Bytes(), nil
}

// groupOf returns the group of the kind, which starts the folder of what is in
// no scope.
func groupOf(ks *gateway.Kinds, k *gateway.Kind) string {
	for k.Parent != "" {
		k = ks.Get(k.Parent)
	}
	group, _, _ := strings.Cut(k.Dir, "/")
	return group
}

func amplifyFiles(ks *gateway.Kinds, k *gateway.Kind, several bool) string {
	dir := k.Dir
	switch {
	case several:
		dir = path.Join(groupOf(ks, k), "…/SCOPE", k.Dir)
	case k.Parent != "":
		dir = path.Join(ks.Get(k.Parent).Dir, "SCOPE", k.Dir)
	}
	text := "`" + path.Join(dir, strings.Replace(k.File, "*", "NAME", 1)) + "`"
	for _, a := range k.Attach {
		text += ", `NAME/" + a.Pattern + "`"
	}
	return text
}
