package sources

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// maxDepth bounds how deep a file may be nested.
const maxDepth = 100

// parseJSON reads one JSON text. Duplicate keys are all kept.
func parseJSON(path string, data []byte) (*node, error) {
	p := &jsonParser{data: data, dec: json.NewDecoder(bytes.NewReader(data))}
	p.dec.UseNumber()
	n, err := p.value(0)
	if err == nil {
		if _, err = p.dec.Token(); err == io.EOF {
			return n, nil
		}
		err = errTrailing
	}
	msg := "malformed JSON"
	offset := p.dec.InputOffset()
	var syn *json.SyntaxError
	switch {
	case errors.Is(err, errDeep), errors.Is(err, errTrailing):
		msg = err.Error()
	case errors.As(err, &syn):
		offset = wrongAt(data, offset)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		msg, offset = "malformed JSON: it ends too early", int64(len(bytes.TrimRight(data, " \t\r\n")))
	}
	return nil, &Error{Path: path, Line: p.line(offset), Msg: msg}
}

// wrongAt returns where data stops being JSON. The offsets in a token decoder's
// own errors count only some of what was read.
func wrongAt(data []byte, otherwise int64) int64 {
	var raw json.RawMessage
	var syn *json.SyntaxError
	if errors.As(json.Unmarshal(data, &raw), &syn) {
		return max(0, syn.Offset-1) // it counts the byte that is wrong
	}
	return otherwise
}

var (
	errDeep     = errors.New("nested too deep")
	errTrailing = errors.New("malformed JSON: something follows the end")
)

type jsonParser struct {
	data    []byte
	dec     *json.Decoder
	counted int64 // bytes whose newlines are in lines
	lines   int
}

// line returns the line of an offset. Offsets that grow cost linear time in all.
func (p *jsonParser) line(offset int64) int {
	offset = min(offset, int64(len(p.data)))
	if offset < p.counted {
		p.counted, p.lines = 0, 0
	}
	p.lines += bytes.Count(p.data[p.counted:offset], []byte("\n"))
	p.counted = offset
	return p.lines + 1
}

func (p *jsonParser) value(depth int) (*node, error) {
	if depth > maxDepth {
		return nil, errDeep
	}
	tok, err := p.dec.Token()
	if err != nil {
		return nil, err
	}
	n := &node{line: p.line(p.dec.InputOffset())}
	switch tok := tok.(type) {
	case json.Delim:
		return n, p.children(n, tok, depth)
	case string:
		n.text = tok
	case json.Number:
		n.text = tok.String()
	case bool:
		n.skipped = "true or false"
	default:
		n.skipped = "null"
	}
	return n, nil
}

// children reads what an opening bracket begins, to its end.
func (p *jsonParser) children(n *node, open json.Delim, depth int) error {
	n.kind = list
	if open == '{' {
		n.kind = mapping
	}
	for p.dec.More() {
		if n.kind == mapping {
			key, err := p.dec.Token()
			if err != nil {
				return err
			}
			n.keys = append(n.keys, key.(string)) // the decoder takes nothing else as a key
		}
		item, err := p.value(depth + 1)
		if err != nil {
			return err
		}
		n.items = append(n.items, item)
	}
	_, err := p.dec.Token()
	return err
}
