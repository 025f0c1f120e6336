package load

import (
	"errors"
	"math"
	"testing"
)

// TestSearch finds the highest rate without loss of a system that loses from some rate on.
func TestSearch(t *testing.T) {
	for _, limit := range []float64{1001, 5e3, 123_456, 999_999} {
		tries := 0
		best, reached, err := Search(1000, 1e6, resolution, func(rate float64) (float64, bool, error) {
			tries++
			return rate, rate <= limit, nil
		})
		if err != nil || !reached || best > limit || best < limit/(1+2*resolution) && best != 0 {
			t.Errorf("limit %.0f: best %.0f, %v, %v", limit, best, reached, err)
		}
		if tries > 25 {
			t.Errorf("limit %.0f: %d tries", limit, tries)
		}
	}
}

func TestSearchEnds(t *testing.T) {
	always := func(rate float64) (float64, bool, error) { return rate, true, nil }
	if best, reached, err := Search(1000, 1e6, resolution, always); best != 1e6 || !reached || err != nil {
		t.Errorf("all rates are good: %v %v %v", best, reached, err)
	}
	never := func(rate float64) (float64, bool, error) { return rate, false, nil }
	if best, _, err := Search(1000, 1e6, resolution, never); best != 0 || err != nil {
		t.Errorf("no rate is good: %v %v", best, err)
	}
	broken := errors.New("broken")
	if _, _, err := Search(1000, 1e6, resolution, func(float64) (float64, bool, error) { return 0, false, broken }); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

// TestSearchSlowGenerator: what the generator reached is the answer, and it is said.
func TestSearchSlowGenerator(t *testing.T) {
	best, reached, err := Search(1000, 1e6, resolution, func(rate float64) (float64, bool, error) {
		return math.Min(rate, 300_000), true, nil
	})
	if best != 300_000 || reached || err != nil {
		t.Errorf("best %v, %v, %v", best, reached, err)
	}
}

// TestSearchForgives a single bad trial at each rate.
func TestSearchForgives(t *testing.T) {
	seen := map[float64]bool{}
	best, _, err := Search(1000, 1e6, resolution, func(rate float64) (float64, bool, error) {
		ok := seen[rate] && rate <= 200_000
		seen[rate] = true
		return rate, ok, nil
	})
	if err != nil || best < 190_000 || best > 200_000 {
		t.Errorf("best %v, %v", best, err)
	}
}
