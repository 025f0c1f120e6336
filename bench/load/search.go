package load

import "math"

// Search looks for the highest rate that try accepts, between two rates, until the
// ratio of what failed to what passed is at most 1 + resolution. It assumes that try
// accepts every rate below one that it accepts; on a machine with other work it may
// not, so a rate that fails gets a second chance.
//
// try returns the rate that it achieved: a generator may not reach what it was
// asked for. Then the search ends: reached is false, and best is what it did reach.
func Search(low, high, resolution float64, try func(rate float64) (achieved float64, ok bool, err error)) (best float64, reached bool, err error) {
	twice := func(rate float64) (achieved float64, ok bool, err error) {
		if achieved, ok, err = try(rate); err != nil || ok {
			return achieved, ok, err
		}
		return try(rate)
	}
	for next := high; ; next = math.Sqrt(low * high) {
		achieved, ok, err := twice(next)
		switch {
		case err != nil:
			return best, true, err
		case !ok:
			high = next
		case achieved < next*reach:
			return max(best, achieved), false, nil
		default:
			best, low = max(best, achieved), next
		}
		if high <= low*(1+resolution) {
			return best, true, nil
		}
	}
}

// reach is the share of a rate that a generator must achieve.
const reach = 0.95
