package iodef

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// parseJSON reads JSON with its members in order: one value, UTF-8, no member
// twice, no character that XML cannot hold, within the caps of the XML reader.
func parseJSON(raw []byte) (any, error) {
	fail := func(offset int64, rule, format string, args ...any) error {
		offset = min(offset, int64(len(raw)))
		return &Malformed{Finding{Rule: rule, Severity: Error, Schema: true,
			Line: 1 + bytes.Count(raw[:offset], []byte("\n")), Text: fmt.Sprintf(format, args...)}}
	}
	if len(raw) > maxSize {
		return nil, fail(0, "cap-size", "over %d octets", maxSize)
	}
	if !utf8.Valid(raw) {
		return nil, fail(0, "encoding", "octets that are not UTF-8")
	}
	p := &jsonParser{Decoder: json.NewDecoder(bytes.NewReader(raw))}
	p.UseNumber()
	v, err := p.value(0)
	if err == nil {
		if _, extra := p.Token(); extra != io.EOF {
			err = errors.New("something follows the document")
		}
	}
	if err != nil {
		return nil, fail(p.InputOffset(), "json", "%s", jsonProblem(err))
	}
	return v, nil
}

// jsonProblem words an error without content of the document.
func jsonProblem(err error) string {
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "not JSON"
	}
	return err.Error()
}

type jsonParser struct {
	*json.Decoder
	values int
}

func (p *jsonParser) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("over %d values inside each other", maxDepth)
	}
	if p.values++; p.values > maxElements {
		return nil, fmt.Errorf("over %d values", maxElements)
	}
	token, err := p.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Delim:
		if t == '{' {
			return p.object(depth)
		}
		return p.array(depth)
	case string:
		return t, checkJSONString(t)
	}
	return token, nil
}

func (p *jsonParser) object(depth int) (any, error) {
	o := jsonObject{}
	seen := map[string]bool{}
	for p.More() {
		token, err := p.Token()
		if err != nil {
			return nil, err
		}
		key, _ := token.(string)
		if seen[key] {
			return nil, fmt.Errorf("the member %s stands twice", quote(key))
		}
		seen[key] = true
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		o = append(o, jsonPair{key, v})
	}
	_, err := p.Token()
	return o, err
}

func (p *jsonParser) array(depth int) (any, error) {
	a := []any{}
	for p.More() {
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		a = append(a, v)
	}
	_, err := p.Token()
	return a, err
}

func checkJSONString(s string) error {
	if len(s) > maxText {
		return fmt.Errorf("a text of over %d octets", maxText)
	}
	for _, r := range s {
		if !isChar(r) {
			return errors.New("a character that XML cannot hold")
		}
	}
	return nil
}
