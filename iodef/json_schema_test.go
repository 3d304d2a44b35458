package iodef

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// A jsonSchema checks values against the JSON schema of RFC 8727, as much of
// JSON Schema (draft 4) as that file uses. A word it does not know fails the
// test: nothing is passed over.
type jsonSchema struct {
	root     map[string]any
	patterns map[string]*regexp.Regexp
}

// faults gives what is wrong with v, as "path: what".
func (s *jsonSchema) faults(path string, schema map[string]any, v any) []string {
	var all []string
	bad := func(format string, args ...any) { all = append(all, path+": "+fmt.Sprintf(format, args...)) }
	// matching counts the schemas of a list that v fits.
	matching := func(list any) (n int) {
		for _, x := range list.([]any) {
			if len(s.faults(path, x.(map[string]any), v)) == 0 {
				n++
			}
		}
		return n
	}
	for word, want := range schema {
		switch word {
		case "$schema", "definitions", "title", "description", "default":
		case "additionalProperties", "required", "properties":
			if o, ok := v.(map[string]any); ok && word == "required" {
				for _, name := range want.([]any) {
					if _, has := o[name.(string)]; !has {
						bad("lacks %s", name)
					}
				}
			}
		case "$ref":
			name := strings.TrimPrefix(want.(string), "#/definitions/")
			def, ok := s.root["definitions"].(map[string]any)[name].(map[string]any)
			if !ok {
				bad("the schema has no %s", want)
				continue
			}
			all = append(all, s.faults(path, def, v)...)
		case "type":
			if !isJSONType(want.(string), v) {
				bad("is no %s", want)
			}
		case "enum":
			found := false
			for _, x := range want.([]any) {
				found = found || reflect.DeepEqual(x, v)
			}
			if !found {
				bad("%v is not listed", v)
			}
		case "pattern":
			// RFC 8727 takes its patterns from XML Schema, where they are whole.
			if text, ok := v.(string); ok && !s.pattern(want.(string)).MatchString(text) {
				bad("%q does not fit %s", text, want)
			}
		case "format":
			if text, ok := v.(string); ok && !isDateTime(text) {
				bad("%q is no %s", text, want)
			}
		case "minimum":
			if n, ok := v.(float64); ok && n < want.(float64) {
				bad("%v is under %v", n, want)
			}
		case "minItems":
			if list, ok := v.([]any); ok && len(list) < int(want.(float64)) {
				bad("has %d items", len(list))
			}
		case "items":
			list, _ := v.([]any)
			for i, x := range list {
				all = append(all, s.faults(fmt.Sprintf("%s[%d]", path, i), want.(map[string]any), x)...)
			}
		case "allOf":
			for _, x := range want.([]any) {
				all = append(all, s.faults(path, x.(map[string]any), v)...)
			}
		case "anyOf":
			if matching(want) == 0 {
				bad("fits none of anyOf")
			}
		case "oneOf":
			if n := matching(want); n != 1 {
				bad("fits %d of oneOf", n)
			}
		case "not":
			if len(s.faults(path, want.(map[string]any), v)) == 0 {
				bad("fits what it must not")
			}
		default:
			bad("the schema says %s, which this checker does not know", word)
		}
	}
	properties, _ := schema["properties"].(map[string]any)
	o, _ := v.(map[string]any)
	for name, x := range o {
		if p, ok := properties[name].(map[string]any); ok {
			all = append(all, s.faults(path+"/"+name, p, x)...)
		} else if schema["additionalProperties"] == false {
			bad("has a member %s", name)
		}
	}
	return all
}

func (s *jsonSchema) pattern(p string) *regexp.Regexp {
	if s.patterns[p] == nil {
		s.patterns[p] = regexp.MustCompile("^(?:" + p + ")$")
	}
	return s.patterns[p]
}

func isJSONType(want string, v any) bool {
	switch v := v.(type) {
	case map[string]any:
		return want == "object"
	case []any:
		return want == "array"
	case string:
		return want == "string"
	case bool:
		return want == "boolean"
	case float64:
		return want == "number" || want == "integer" && v == float64(int64(v))
	}
	return false
}

// RFC 8727's schema wants exactly one of several members here, where RFC
// 7970's allows none or all: an XML document that is valid has no better form.
var narrowerInJSON = regexp.MustCompile(`/(DetectionPattern|IndicatorReference|BulkObservableFormat)(\[\d+\])?: fits [02] of oneOf$`)

func TestJSONFitsTheSchemaOfRFC8727(t *testing.T) {
	s := &jsonSchema{patterns: map[string]*regexp.Regexp{}}
	if err := json.Unmarshal(readShared(t, "schema/iodef-json.schema.json"), &s.root); err != nil {
		t.Fatal(err)
	}
	docs, narrower := validDocuments(t, V2), 0
	for name, d := range docs {
		raw, _, err := ToJSON(d)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var v any
		if err := json.Unmarshal(raw, &v); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, f := range s.faults("", s.root, v) {
			if narrowerInJSON.MatchString(f) {
				narrower++
				continue
			}
			t.Errorf("%s: %.300s", name, f)
		}
	}
	if len(s.faults("", s.root, map[string]any{"version": "2.0"})) == 0 {
		t.Error("a document without an incident fits the schema: the checker checks nothing")
	}
	t.Logf("%d documents; %d places where the JSON schema is narrower than that of XML", len(docs), narrower)
}
