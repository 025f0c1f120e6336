package chain

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"vxwall/rules/suricata"
)

// atoi reads a number of 0 or more, -1 if it is none.
func atoi(text string) int {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 31)
	if err != nil {
		return -1
	}
	return int(n)
}

var operators = []struct {
	sign string
	op   suricata.Compare
}{
	{"<=", suricata.LessEqual}, {">=", suricata.GreaterEqual}, {"!=", suricata.NotEqual}, {"<", suricata.Less}, {">", suricata.Greater},
	{"=", suricata.Equal}, {"!", suricata.NotEqual}, {"", suricata.Equal},
}

// newEntropy reads "bytes 10", "offset 0", "value > 4.5".
func newEntropy(args []string) (*entropy, error) {
	e := &entropy{value: -1}
	for _, arg := range args {
		word, value, _ := strings.Cut(arg, " ")
		value = strings.TrimSpace(value)
		switch word {
		case "bytes":
			e.bytes = atoi(value)
		case "offset":
			e.offset = atoi(value)
		case "value":
			for _, o := range operators {
				if rest, ok := strings.CutPrefix(value, o.sign); ok {
					e.op, value = o.op, strings.TrimSpace(rest)
					break
				}
			}
			var err error
			if e.value, err = strconv.ParseFloat(value, 64); err != nil {
				return nil, fmt.Errorf("bad value %q: expected a number", value)
			}
		default:
			return nil, fmt.Errorf("unknown word %q: expected bytes, offset or value", word)
		}
	}
	if e.value < 0 || e.bytes < 0 || e.offset < 0 {
		return nil, errors.New("missing value: expected value and a number of 0 to 8")
	}
	return e, nil
}

// Holds compares a number with that of a rule. Variables are not looked at.
func Holds(n *suricata.Number, v int64) bool {
	switch n.Op {
	case suricata.Equal:
		return v == n.A
	case suricata.NotEqual:
		return v != n.A
	case suricata.Less:
		return v < n.A
	case suricata.Greater:
		return v > n.A
	case suricata.LessEqual:
		return v <= n.A
	case suricata.GreaterEqual:
		return v >= n.A
	case suricata.Between:
		return v >= n.A && v <= n.B
	case suricata.NotBetween:
		return v < n.A || v > n.B
	case suricata.BitAnd:
		return v&n.A != 0
	case suricata.NotBitAnd:
		return v&n.A == 0
	case suricata.BitOr:
		return v|n.A != 0
	case suricata.NotBitOr:
		return v|n.A == 0
	case suricata.AllBits:
		return v&n.A == n.B
	case suricata.NotAllBits:
		return v&n.A != n.B
	}
	return false
}
