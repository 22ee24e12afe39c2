// Command kubelint prints what is wrong with files of Kubernetes and Argo Workflows: fields that there are none of, values
// of the wrong type, and pods that the Pod Security Standard "restricted" would not admit.
//
//	kubelint [-argo SCHEMA] FILE...
//
// It is a module of its own because the types of Kubernetes weigh more than all else that Lockstep needs together.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"k8s.io/apimachinery/pkg/util/yaml"
)

func main() {
	argo := flag.String("argo", "", "JSON schema of Argo Workflows; without it its objects are an error")
	flag.Parse()
	if err := run(os.Stdout, *argo, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "kubelint:", err)
		os.Exit(1)
	}
}

// run prints what is wrong with each document of each file.
func run(w io.Writer, schema string, files []string) error {
	l, err := newLinter(schema)
	if err != nil {
		return err
	}
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		docs := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(content)))
		for n := 1; ; n++ {
			doc, err := docs.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			for _, wrong := range l.document(doc) {
				if _, err := fmt.Fprintf(w, "%s: document %d: %s\n", name, n, wrong); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
