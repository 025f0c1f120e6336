package rules

import (
	"fmt"
	"math/bits"
	"strings"
)

// maxListed is the number of names a message lists.
const maxListed = 8

// suggest returns `did you mean "…"? ` for the known name nearest to a
// mistyped one, or nothing if none is near.
func suggest(name string, known []string) string {
	best, limit := "", min(3, (len(name)+1)/3)
	lower := strings.ToLower(name)
	letters := letterSet(lower)
	for _, candidate := range known {
		if strings.EqualFold(candidate, name) {
			best = candidate
			break
		}
		// One edit changes at most two letters of the set, which rules out
		// almost all of a long list before the costly comparison.
		if bits.OnesCount64(letters^letterSet(candidate)) > 2*limit {
			continue
		}
		if n := distance(lower, candidate); n <= limit {
			best, limit = candidate, n-1
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q? ", best)
}

func letterSet(name string) uint64 {
	set := uint64(0)
	for i := range len(name) {
		set |= 1 << (name[i] & 63)
	}
	return set
}

// maxCompared keeps the distance of two long names from costing much.
const maxCompared = 64

// distance is the number of insertions, deletions, replacements and swaps of
// neighbours that turn one name into the other.
func distance(a, b string) int {
	if len(a) > maxCompared || len(b) > maxCompared {
		return maxCompared
	}
	var rows [3][maxCompared + 1]int
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// oneOf lists words as a message offers them.
func oneOf(words []string) string {
	quoted := quoteAll(words)
	if len(quoted) == 1 {
		return quoted[0]
	}
	last := len(quoted) - 1
	return strings.Join(quoted[:last], ", ") + " or " + quoted[last]
}

// knownNames says which names of a kind there are, the first few of them.
func knownNames(kind string, names []string) string {
	if len(names) == 0 {
		return fmt.Sprintf("no %s is defined", kind)
	}
	more := ""
	if n := len(names) - maxListed; n > 0 {
		names, more = names[:maxListed], fmt.Sprintf(" and %d more", n)
	}
	return fmt.Sprintf("known %ss are %s%s", kind, strings.Join(quoteAll(names), ", "), more)
}

func quoteAll(words []string) []string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = fmt.Sprintf("%q", w)
	}
	return quoted
}
