package autoflow

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/lockstep-apiops/lockstep/gateway/autoflow/kube"
)

// manifest is a YAML file with a Kubernetes ConfigMap or Secret that has
// config.json among its data. Other documents of the file, and what else the
// map has, stay.
type manifest struct{}

var errNoConfigMap = errors.New("no ConfigMap or Secret with config.json among its data")

// A part is a mapping of a ConfigMap or Secret.
type part struct {
	*yaml.Node
	encoded bool // its values are in base64
}

// partsOf returns the parts that an object of a kind may have.
func partsOf(object *yaml.Node) []part {
	data, binary, text := mapping(object, "data"), mapping(object, "binaryData"), mapping(object, "stringData")
	switch kind := mapping(object, "kind"); {
	case kind == nil:
		return nil
	case kind.Value == kube.ConfigMap().Name:
		return []part{{data, false}, {binary, true}}
	case kind.Value == kube.Secret().Name:
		return []part{{text, false}, {data, true}} // the first wins in a cluster, too
	}
	return nil
}

// find returns the part that has a name, and what it has there; nil: none has.
func find(parts []part, name string) (part, *yaml.Node) {
	for _, p := range parts {
		if n := mapping(p.Node, name); n != nil {
			return p, n
		}
	}
	return part{}, nil
}

// text returns what a part has under a name.
func (p part) text(n *yaml.Node) ([]byte, error) {
	if !p.encoded {
		return []byte(n.Value), nil
	}
	// YAML may fold what is in base64.
	b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(n.Value), ""))
	if err != nil {
		return nil, fmt.Errorf("read manifest: line %d: not in base64", n.Line)
	}
	return b, nil
}

// set has a part hold a text under a name.
func (p part) set(name string, text []byte) {
	if n := mapping(p.Node, name); n != nil {
		if was, err := p.text(n); err == nil && bytes.Equal(was, text) {
			return
		}
	}
	if p.encoded {
		text = []byte(base64.StdEncoding.EncodeToString(text))
	}
	setText(p.Node, name, text)
}

func (manifest) open(raw []byte) (config, conf []byte, err error) {
	_, parts, err := readManifest(raw)
	if err != nil {
		return nil, nil, err
	}
	p, n := find(parts, configName)
	if config, err = p.text(n); err != nil {
		return nil, nil, err
	}
	if p, n := find(parts, confName); n != nil {
		if conf, err = p.text(n); err != nil {
			return nil, nil, err
		}
	}
	return config, conf, nil
}

func (manifest) seal(raw, config, conf []byte) ([]byte, error) {
	if raw == nil {
		return nil, errors.New("a manifest is not made anew: write one that has data with config.json")
	}
	docs, parts, err := readManifest(raw)
	if err != nil {
		return nil, err
	}
	home, _ := find(parts, configName)
	home.set(configName, config)
	if conf != nil {
		if p, n := find(parts, confName); n != nil {
			home = p
		}
		home.set(confName, conf)
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	for _, d := range docs {
		if err := e.Encode(d); err != nil {
			return nil, fmt.Errorf("write manifest: %w", err)
		}
	}
	err = e.Close()
	return b.Bytes(), err
}

// readManifest returns the documents of a file, and the parts of the object
// that has the configuration.
func readManifest(raw []byte) (docs []*yaml.Node, found []part, err error) {
	d := yaml.NewDecoder(bytes.NewReader(raw))
	for {
		var doc yaml.Node
		err := d.Decode(&doc)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, fmt.Errorf("read manifest: %w", err)
		}
		docs = append(docs, &doc)
		if len(doc.Content) == 0 {
			continue
		}
		parts := partsOf(doc.Content[0])
		_, config := find(parts, configName)
		if config == nil {
			continue
		}
		if config.Kind != yaml.ScalarNode {
			return nil, nil, fmt.Errorf("read manifest: line %d: want a text", config.Line)
		}
		if found != nil {
			return nil, nil, errors.New("read manifest: more than one ConfigMap or Secret has config.json")
		}
		found = parts
	}
	if found == nil {
		return nil, nil, fmt.Errorf("read manifest: %w", errNoConfigMap)
	}
	return docs, found, nil
}

// mapping returns what a mapping has under a name, or nil.
func mapping(n *yaml.Node, name string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

func setText(data *yaml.Node, name string, text []byte) {
	n := mapping(data, name)
	if n == nil {
		n = &yaml.Node{}
		data.Content = append(data.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: name}, n)
	}
	if n.Value == string(text) && n.Kind == yaml.ScalarNode {
		return
	}
	*n = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: string(text), Style: n.Style, LineComment: n.LineComment}
}
