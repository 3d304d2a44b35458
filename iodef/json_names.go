package iodef

// Where the JSON of RFC 8727 differs from the XML of RFC 7970. All else
// follows from the table: a class is an object, its attributes and children
// are members of the same name, what may stand several times is an array, and
// an element without attributes is its bare value.

// jsonMember is the member name of an element or attribute.
func jsonMember(name string) string {
	switch name {
	case "Value":
		return "KeyValue"
	case "Nameservers":
		return "NameServers"
	case "ObservableReference":
		return "uid-ref"
	}
	return name
}

// jsonText is the member that holds the text of a class.
func jsonText(name string) string {
	switch name {
	case "IncidentID", "IndicatorID":
		return "id"
	case "RegistryHandle":
		return "handle"
	}
	return "value"
}

// jsonFlat tells whether a class does not exist in JSON: its children stand
// in the parent, as arrays.
func jsonFlat(name string) bool {
	switch name {
	case "Flow", "Record", "IndicatorData", "ApplicationHeader", "SignatureData":
		return true
	}
	return false
}

// jsonImpact tells whether an element goes into the array Impact.
func jsonImpact(name string) bool {
	switch name {
	case "SystemImpact", "BusinessImpact", "TimeImpact", "MonetaryImpact", "IntendedImpact":
		return true
	}
	return false
}

// jsonBinary tells whether an element is carried whole, as XML in base64.
func jsonBinary(d *decl) bool {
	return d.space == spaceDS && d.name != "DigestValue"
}

// jsonNumeric tells whether a type is a number in JSON.
func jsonNumeric(t *simpleType) bool {
	switch t.name {
	case "integer", "float", "double", "PositiveFloatType", "ConfidenceType":
		return true
	}
	return false
}

// jsonValues are values that the two forms spell differently: RFC 8727
// follows the prose of RFC 7970 where that is at odds with its schema, and has
// a slip of its own.
var jsonValues = [...]struct{ element, attr, xml, json string }{
	{"Counter", "type", "counter", "count"},
	{"Counter", "type", "rate", "peak"},
	{"Contact", "role", "vendor-services", "vendor-support"},
	{"NodeRole", "category", "anonymization", "anomyzation"},
}

func jsonValue(element, attr, value string) string {
	for _, v := range jsonValues {
		if v.element == element && v.attr == attr && v.xml == value {
			return v.json
		}
	}
	return value
}

func xmlValue(element, attr, value string) string {
	for _, v := range jsonValues {
		if v.element == element && v.attr == attr && v.json == value {
			return v.xml
		}
	}
	return value
}

// jsonRequired are attributes that JSON demands and XML does not, with the
// default of RFC 7970 or, where it has none, a value that claims nothing.
var jsonRequired = [...]struct{ element, attr, value string }{
	{"SystemImpact", "type", "unknown"},
	{"BusinessImpact", "type", "unknown"},
	{"IntendedImpact", "type", "unknown"},
	{"Address", "category", "ipv6-addr"},
	{"DomainData", "system-status", "unknown"},
	{"DomainData", "domain-status", "unknown"},
	{"RegistryHandle", "registry", "local"},
}

// An object of JSON with its members in order.
type jsonObject []jsonPair

type jsonPair struct {
	key   string
	value any // string, json.Number, bool, nil, []any, jsonObject
}

func (o *jsonObject) at(key string) *jsonPair {
	for i := range *o {
		if (*o)[i].key == key {
			return &(*o)[i]
		}
	}
	return nil
}

// add sets a member, or appends to the array that it is.
func (o *jsonObject) add(key string, value any, array bool) (lost bool) {
	p := o.at(key)
	switch {
	case p == nil && array:
		*o = append(*o, jsonPair{key, []any{value}})
	case p == nil:
		*o = append(*o, jsonPair{key, value})
	case array:
		p.value = append(p.value.([]any), value)
	default:
		return true
	}
	return false
}
