package sources

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxNodes bounds how many values aliases may make of a file.
const maxNodes = 1 << 20

// parseYAML reads one or several YAML documents. Secret manifests of Kubernetes
// are recognised: their data is decoded, and nothing else of them is secret.
func parseYAML(path string, data []byte) (*node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	all := &node{kind: mapping, line: 1}
	p := &yamlParser{}
	for {
		var doc yaml.Node
		err := decode(dec, &doc)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, &Error{Path: path, Line: min(yamlLine(err), lines(data)), Msg: "malformed YAML"}
		}
		if len(doc.Content) == 0 {
			continue
		}
		n, err := p.node(doc.Content[0], 0)
		if err != nil {
			return nil, &Error{Path: path, Line: p.line, Msg: err.Error()}
		}
		if m := manifest(n); m != nil {
			n = m
		}
		if n.kind != mapping {
			all.keys, all.items = append(all.keys, "value"), append(all.items, n)
			continue
		}
		if len(all.items) == 0 {
			all = n // the only document, as a rule
			continue
		}
		all.keys, all.items = append(all.keys, n.keys...), append(all.items, n.items...)
	}
	return all, nil
}

// decode keeps a parser's panic from ending the program with content.
func decode(dec *yaml.Decoder, doc *yaml.Node) (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("yaml: malformed")
		}
	}()
	return dec.Decode(doc)
}

// yamlLine takes the line out of a parser's message, and nothing else of it.
func yamlLine(err error) int {
	rest, ok := strings.CutPrefix(err.Error(), "yaml: line ")
	if !ok {
		return 1
	}
	end := 0
	for end < len(rest) && '0' <= rest[end] && rest[end] <= '9' {
		end++
	}
	line, _ := strconv.Atoi(rest[:end])
	return max(line, 1)
}

// lines counts lines; a parser names one more where the end comes too early.
func lines(data []byte) int {
	return 1 + bytes.Count(bytes.TrimSuffix(data, []byte("\n")), []byte("\n"))
}

type yamlParser struct {
	nodes int
	line  int // of the node last looked at
}

func (p *yamlParser) node(y *yaml.Node, depth int) (*node, error) {
	p.nodes++
	p.line = y.Line
	switch {
	case depth > maxDepth:
		return nil, errDeep
	case p.nodes > maxNodes:
		return nil, errors.New("too many values, perhaps by aliases")
	}
	n := &node{line: y.Line}
	switch y.Kind {
	case yaml.AliasNode:
		return p.node(y.Alias, depth+1)
	case yaml.SequenceNode:
		n.kind = list
		for _, c := range y.Content {
			item, err := p.node(c, depth+1)
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, item)
		}
	case yaml.MappingNode:
		n.kind = mapping
		for i := 0; i+1 < len(y.Content); i += 2 {
			if err := p.pair(n, y.Content[i], y.Content[i+1], depth); err != nil {
				return nil, err
			}
		}
	case yaml.ScalarNode:
		return n, p.scalar(n, y)
	}
	return n, nil
}

func (p *yamlParser) pair(n *node, k, v *yaml.Node, depth int) error {
	item, err := p.node(v, depth+1)
	if err != nil {
		return err
	}
	for k.Kind == yaml.AliasNode {
		k = k.Alias
	}
	if k.Tag == "!!merge" {
		for _, m := range merged(item) {
			n.keys, n.items = append(n.keys, m.keys...), append(n.items, m.items...)
		}
		return nil
	}
	if k.Kind != yaml.ScalarNode {
		p.line = k.Line
		return errors.New("a key that is not a string")
	}
	n.keys, n.items = append(n.keys, k.Value), append(n.items, item)
	return nil
}

// merged returns the maps that a merge key names.
func merged(n *node) []*node {
	switch n.kind {
	case mapping:
		return []*node{n}
	case list:
		return n.items
	}
	return nil
}

func (p *yamlParser) scalar(n *node, y *yaml.Node) error {
	n.text = y.Value
	switch y.ShortTag() {
	case "!!null":
		n.skipped = "null"
	case "!!bool":
		n.skipped = "true or false"
	case "!!binary":
		b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(y.Value), ""))
		if err != nil {
			return errors.New("!!binary that is not base64")
		}
		n.text = string(b)
	}
	return nil
}

// manifest returns the secrets of a Kubernetes Secret, nil if n is none.
func manifest(n *node) *node {
	if k := n.get("kind"); k == nil || k.text != "Secret" || n.get("apiVersion") == nil {
		return nil
	}
	m := &node{kind: mapping, line: n.line}
	if data := n.get("data"); data != nil {
		for i, item := range data.items {
			if b, err := base64.StdEncoding.DecodeString(item.text); err == nil && item.kind == scalar {
				item = &node{line: item.line, text: string(b)}
			}
			if i < len(data.keys) {
				m.keys, m.items = append(m.keys, data.keys[i]), append(m.items, item)
			}
		}
	}
	if plain := n.get("stringData"); plain != nil && plain.kind == mapping {
		m.keys, m.items = append(m.keys, plain.keys...), append(m.items, plain.items...)
	}
	name := n.get("metadata").get("name")
	if name == nil || name.text == "" {
		return m
	}
	return &node{kind: mapping, line: n.line, keys: []string{name.text}, items: []*node{m}}
}
