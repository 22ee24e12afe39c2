package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"debug/buildinfo"
	"fmt"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// sbomVersion is the version of the format: the newest that common tools read.
const sbomVersion = cdx.SpecVersion1_6

// sbom returns the bill of materials of binaries, in CycloneDX: each with its
// SHA-256 and the modules that its own build information names. Equal binaries
// give equal bytes.
func sbom(s *source, built []binary) ([]byte, error) {
	product := "pkg:golang/github.com/lockstep-apiops/lockstep@" + s.version
	bom := cdx.NewBOM()
	modules := map[string]cdx.Component{}
	depends := []cdx.Dependency{}
	components := []cdx.Component{}
	var refs []string
	for _, b := range built {
		info, err := buildinfo.Read(bytes.NewReader(b.content))
		if err != nil {
			return nil, fmt.Errorf("read what %s for %s was built from: %w", b.program, b.target.rid, err)
		}
		c := b.component(s)
		used := []string{}
		for _, m := range materials(info) {
			modules[m.BOMRef] = m
			used = append(used, m.BOMRef)
		}
		slices.Sort(used)
		components = append(components, c)
		depends = append(depends, cdx.Dependency{Ref: c.BOMRef, Dependencies: &used})
		refs = append(refs, c.BOMRef)
	}
	for ref, m := range modules {
		components = append(components, m)
		depends = append(depends, cdx.Dependency{Ref: ref})
	}
	slices.Sort(refs)
	depends = append(depends, cdx.Dependency{Ref: product, Dependencies: &refs})
	slices.SortFunc(components, func(a, b cdx.Component) int { return cmp.Compare(a.BOMRef, b.BOMRef) })
	slices.SortFunc(depends, func(a, b cdx.Dependency) int { return cmp.Compare(a.Ref, b.Ref) })
	bom.Components, bom.Dependencies = &components, &depends
	bom.SerialNumber = serial(s, components)
	bom.Metadata = &cdx.Metadata{
		Timestamp: s.at.Format(time.RFC3339),
		Component: &cdx.Component{BOMRef: product, Type: cdx.ComponentTypeApplication, Name: "lockstep", Version: s.version, PackageURL: product},
	}
	var out bytes.Buffer
	enc := cdx.NewBOMEncoder(&out, cdx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false)
	if err := enc.EncodeVersion(bom, sbomVersion); err != nil {
		return nil, fmt.Errorf("write bill of materials: %w", err)
	}
	return out.Bytes(), nil
}

// component returns what a bill of materials says of the binary.
func (b binary) component(s *source) cdx.Component {
	return cdx.Component{
		BOMRef: b.program + "-" + b.target.rid, Type: cdx.ComponentTypeApplication, Name: b.program, Version: s.version,
		Description: b.program + " for " + b.target.rid,
		Hashes:      &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: fmt.Sprintf("%x", sha256.Sum256(b.content))}},
	}
}

// materials returns the modules that a binary was built from, and Go itself.
func materials(info *debug.BuildInfo) []cdx.Component {
	list := []cdx.Component{library("stdlib", strings.TrimPrefix(info.GoVersion, "go"))}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		list = append(list, library(m.Path, m.Version))
	}
	return list
}

// library returns a module as a component.
func library(path, version string) cdx.Component {
	escaped := (&url.URL{Path: path}).EscapedPath()
	purl := "pkg:golang/" + escaped + "@" + url.PathEscape(version)
	return cdx.Component{BOMRef: purl, Type: cdx.ComponentTypeLibrary, Name: path, Version: version, PackageURL: purl}
}

// serial returns a number that only equal bills have: a UUID made of what they
// are about.
func serial(s *source, components []cdx.Component) string {
	h := sha256.New()
	fmt.Fprintln(h, s.version, s.commit)
	for _, c := range components {
		fmt.Fprintln(h, c.BOMRef)
		if c.Hashes != nil {
			fmt.Fprintln(h, (*c.Hashes)[0].Value)
		}
	}
	id := h.Sum(nil)[:16]
	id[6] = id[6]&0x0f | 0x80 // version 8: of our own making
	id[8] = id[8]&0x3f | 0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}
