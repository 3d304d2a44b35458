package disclosure

import (
	"maps"
	"slices"
)

func sortedKeys(m map[int]bool) []int {
	if len(m) == 0 {
		return nil
	}
	return slices.Sorted(maps.Keys(m))
}
