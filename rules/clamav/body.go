package clamav

import (
	"fmt"
	"strconv"
	"strings"
)

// level is the level of ClamAV's engine that signatures are read as: that of 1.4.
const level = 213

// parseBody reads a line of .ndb: "name:target:offset:pattern[:least level[:most level]]".
// It reports false for signatures of other levels.
func parseBody(line string) (b Body, used bool, err error) {
	fields := strings.Split(line, ":")
	if len(fields) < 4 || fields[0] == "" {
		return b, false, fmt.Errorf("expected name, target, offset and pattern, with a colon between them")
	}
	b.Name = fields[0]
	if b.Target, err = parseTarget(fields[1]); err != nil {
		return b, false, err
	}
	if b.Offset, err = parseOffset(fields[2]); err != nil {
		return b, false, err
	}
	if used, err = levels(fields[4:]); err != nil || !used {
		return b, used, err
	}
	b.Pattern, err = parsePattern(fields[3], b.Target == HTML || b.Target == Text)
	return b, true, err
}

func parseTarget(text string) (Target, error) {
	n, err := strconv.ParseUint(text, 10, 8)
	if err != nil || n > 13 {
		return 0, fmt.Errorf("bad target %q: expected 0 to 13", cut(text))
	}
	return Target(n), nil
}

// levels says whether a signature is for the level of engine that is read for.
func levels(fields []string) (used bool, err error) {
	for i, text := range fields {
		if i > 1 || text == "" {
			break
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			return false, fmt.Errorf("bad level %q: expected a number", cut(text))
		}
		if i == 0 && n > level || i == 1 && n < level {
			return false, nil
		}
	}
	return true, nil
}
