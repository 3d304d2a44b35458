package mailgw

import (
	"fmt"

	"iodefgw/iodef"
	"iodefgw/store"
)

// Sources reads again what each of a ticket's reports accuses, by the report's
// id: what ties others to it where they are split. An answer ties nothing.
func Sources(rows []store.Report) (map[int64][]string, error) {
	all := map[int64][]string{}
	for _, row := range rows {
		if row.Answer {
			continue
		}
		doc, err := iodef.Parse(row.Document)
		if err != nil {
			return nil, fmt.Errorf("read report %d again: %w", row.ID, err)
		}
		if incidents := doc.Incidents(); row.Incident < len(incidents) {
			all[row.ID] = sources(incidents[row.Incident])
		}
	}
	return all, nil
}
