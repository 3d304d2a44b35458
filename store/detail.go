package store

import (
	"encoding/json"
	"slices"
	"strconv"
)

// detail is an event's JSON object. Its keys are sorted, so that equal details are equal bytes.
type detail map[string]any

// add appends to a list in the object.
func (d detail) add(name string, value any) {
	values, _ := d[name].([]any)
	d[name] = append(values, value)
}

// appendTo appends what json.Marshal makes of d, without its reflection: a report has five events.
func (d detail) appendTo(buf []byte) ([]byte, error) {
	names := make([]string, 0, 16)
	for name := range d {
		names = append(names, name)
	}
	slices.Sort(names)
	buf = append(buf, '{')
	for i, name := range names {
		if i > 0 {
			buf = append(buf, ',')
		}
		var err error
		if buf, err = appendJSON(buf, name); err != nil {
			return nil, err
		}
		if buf, err = appendJSON(append(buf, ':'), d[name]); err != nil {
			return nil, err
		}
	}
	return append(buf, '}'), nil
}

// appendJSON knows the values that most events have and leaves the others to encoding/json.
func appendJSON(buf []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case string:
		if plain(v) {
			return appendQuoted(buf, v), nil
		}
	case Digest:
		if plain(string(v)) {
			return appendQuoted(buf, string(v)), nil
		}
	case Stage:
		return appendJSON(buf, string(v))
	case DeliveryKind:
		return appendJSON(buf, string(v))
	case DeliveryState:
		return appendJSON(buf, string(v))
	case CorrelationKind:
		return appendJSON(buf, string(v))
	case TicketState:
		return appendJSON(buf, string(v))
	case bool:
		return strconv.AppendBool(buf, v), nil
	case []string:
		if v != nil {
			return appendList(buf, v)
		}
	case []Digest:
		if v != nil {
			return appendList(buf, v)
		}
	case []any:
		return appendList(buf, v)
	case detail:
		return v.appendTo(buf)
	case int:
		return strconv.AppendInt(buf, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(buf, v, 10), nil
	}
	text, err := json.Marshal(value)
	return append(buf, text...), err
}

func appendList[T any](buf []byte, values []T) ([]byte, error) {
	buf = append(buf, '[')
	for i, v := range values {
		if i > 0 {
			buf = append(buf, ',')
		}
		var err error
		if buf, err = appendJSON(buf, v); err != nil {
			return nil, err
		}
	}
	return append(buf, ']'), nil
}

func appendQuoted(buf []byte, s string) []byte {
	buf = append(buf, '"')
	buf = append(buf, s...)
	return append(buf, '"')
}

// plain strings stand in JSON as they are.
func plain(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c > '~', c == '"', c == '\\', c == '<', c == '>', c == '&':
			return false
		}
	}
	return true
}
