package autoflow

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"gopkg.in/yaml.v3"
)

// manifest is a YAML file with a Kubernetes ConfigMap that has config.json
// among its data. Other documents of the file, and what else the map has, stay.
type manifest struct{}

var errNoConfigMap = errors.New("no ConfigMap with config.json among its data")

func (manifest) open(raw []byte) (config, conf []byte, err error) {
	_, data, err := readManifest(raw)
	if err != nil {
		return nil, nil, err
	}
	if n := mapping(data, confName); n != nil {
		conf = []byte(n.Value)
	}
	return []byte(mapping(data, configName).Value), conf, nil
}

func (manifest) seal(raw, config, conf []byte) ([]byte, error) {
	if raw == nil {
		return nil, errors.New("a manifest is not made anew: write one that has data with config.json")
	}
	docs, data, err := readManifest(raw)
	if err != nil {
		return nil, err
	}
	setText(data, configName, config)
	if conf != nil {
		setText(data, confName, conf)
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

// readManifest returns the documents of a file, and the data of its ConfigMap.
func readManifest(raw []byte) (docs []*yaml.Node, data *yaml.Node, err error) {
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
		if kind := mapping(doc.Content[0], "kind"); kind == nil || kind.Value != "ConfigMap" {
			continue
		}
		if m := mapping(doc.Content[0], "data"); mapping(m, configName) != nil {
			if mapping(m, configName).Kind != yaml.ScalarNode {
				return nil, nil, fmt.Errorf("read manifest: line %d: want a text", mapping(m, configName).Line)
			}
			if data != nil {
				return nil, nil, errors.New("read manifest: more than one ConfigMap has config.json")
			}
			data = m
		}
	}
	if data == nil {
		return nil, nil, fmt.Errorf("read manifest: %w", errNoConfigMap)
	}
	return docs, data, nil
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
