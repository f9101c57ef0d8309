package sources

import (
	"strconv"
	"strings"
)

// A node is a parsed file, whatever its syntax was.
type node struct {
	kind    kind
	line    int
	text    string   // of a scalar
	keys    []string // of a map, beside items
	items   []*node
	skipped string // what a scalar is that is no secret: "true", "null", ...
}

type kind uint8

const (
	scalar kind = iota
	list
	mapping
)

// get returns the item under a key of a map, nil if there is none.
func (n *node) get(key string) *node {
	if n == nil || n.kind != mapping {
		return nil
	}
	for i, k := range n.keys {
		if k == key {
			return n.items[i]
		}
	}
	return nil
}

// collect adds the scalars below n to set.
func (n *node) collect(set *Set, path string) {
	// The whole answer of "vault read -format=json": only data is secret.
	if n.get("request_id") != nil && n.get("lease_id") != nil && n.get("data") != nil {
		n = n.get("data")
	}
	n.walk(set, path, "", "")
}

func (n *node) walk(set *Set, path, name, version string) {
	switch n.kind {
	case scalar:
		if name == "" {
			name = "value"
		}
		if n.skipped != "" {
			set.notef("%s:%d: %s is %s, which is no secret", path, n.line, name, n.skipped)
			return
		}
		set.add(name, version, n.text)
	case list:
		for i, item := range n.items {
			item.walk(set, path, join(name, strconv.Itoa(i)), version)
		}
	case mapping:
		if data, v, ok := n.versioned(); ok {
			data.walk(set, path, name, v)
			return
		}
		for i, item := range n.items {
			item.walk(set, path, join(name, n.keys[i]), version)
		}
	}
}

// versioned recognises a map of data and its version, as Vault's KV engine
// writes it.
func (n *node) versioned() (data *node, version string, ok bool) {
	data = n.get("data")
	if data == nil || data.kind != mapping {
		return nil, "", false
	}
	v := n.get("version")
	for _, k := range n.keys {
		switch k {
		case "data", "version":
		case "metadata":
			if n.get(k).kind != mapping {
				return nil, "", false
			}
			if v == nil {
				v = n.get(k).get("version")
			}
		default:
			return nil, "", false
		}
	}
	if v == nil || v.kind != scalar || v.skipped != "" || v.text == "" {
		return nil, "", false
	}
	if strings.Trim(v.text, "0123456789") == "" {
		return data, "v" + v.text, true
	}
	return data, v.text, true
}

func join(name, part string) string {
	if name == "" {
		return part
	}
	return name + "/" + part
}
