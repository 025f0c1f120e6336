package appliance

import (
	"regexp"
	"strings"
	"time"
)

// repeatAfter is how often the same trouble is logged.
const repeatAfter = 10 * time.Minute

// logAttention logs what is wrong: once when it appears, and now and then while it
// lasts. Lines that differ in numbers only are the same trouble.
func (r *running) logAttention(lines []string) {
	if r.logged == nil {
		r.logged = map[string]time.Time{}
	}
	now := time.Now()
	for _, line := range lines {
		key := withoutNumbers(line)
		if at, known := r.logged[key]; known && now.Sub(at) < repeatAfter {
			continue
		}
		r.logged[key] = now
		r.Log.Warn(line)
	}
}

var plainNumber = regexp.MustCompile(`\b[0-9]+`)

// withoutNumbers leaves out numbers, but not those of names such as eth1, and what
// stands behind the last comma: when it was.
func withoutNumbers(line string) string {
	if i := strings.LastIndexByte(line, ','); i >= 0 {
		line = line[:i]
	}
	return plainNumber.ReplaceAllString(line, "")
}
