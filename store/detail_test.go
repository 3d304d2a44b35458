package store

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

// Events say what encoding/json would say, whatever stands in them.
func TestDetailIsWhatMarshalSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := detail{}
		for _, name := range rapid.SliceOfN(rapid.String(), 0, 5).Draw(t, "names") {
			text := rapid.String().Draw(t, "text")
			d[name] = rapid.SampledFrom([]any{text, Digest(text), Stage(text), DeliveryKind(text), DeliveryState(text), CorrelationKind(text), TicketState(text),
				MailState(text), len(text), int64(-len(text)), true, nil, []string(nil), []string{text, text}, []Digest{Digest(text)}, []Digest(nil),
				[]any{reportRow{7, Digest(text), true}, detail{text: text, "x" + text: text}},
				map[string]any{text: text}}).Draw(t, "value")
		}
		want, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := d.appendTo(nil); err != nil || string(got) != string(want) {
			t.Errorf("%s, %v\nwant %s", got, err, want)
		}
	})
}
