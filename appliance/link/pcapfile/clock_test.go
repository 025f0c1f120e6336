package pcapfile

import (
	"math"
	mathbig "math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestClock(t *testing.T) {
	tests := []struct {
		name       string
		resolution uint8
		offset     int64
		ticks      uint64
		want       int64
	}{
		{"microseconds", 6, 0, 1700000000_000007, 1700000000_000007_000},
		{"nanoseconds", 9, 0, 1700000000_000000007, 1700000000_000000007},
		{"seconds", 0, 0, 1700000000, 1700000000_000000000},
		{"picoseconds", 12, 1700000000, 7999, 1700000000_000000007},
		{"halves", 0x81, 0, 3, 1_500000000},
		{"2^-20 seconds", 0x94, 0, 3 << 19, 1_500000000},
		{"2^-64 seconds", 0xc0, 10, 3 << 62, 10_750000000},
		{"2^-127 seconds", 0xff, 10, math.MaxUint64, 10_000000000},
		{"10^-28 seconds", 28, 0, math.MaxUint64, 1},
		{"10^-127 seconds", 127, 5, math.MaxUint64, 5_000000000},
		{"before 1970", 6, -10, 9_000000, 0},
		{"too late", 6, 0, math.MaxUint64, latest},
		{"far too late", 0, math.MaxInt64, math.MaxUint64, latest},
		{"far too early", 0, math.MinInt64, 1, 0},
		{"offset too late", 9, math.MaxInt64, 1 << 63, latest},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newClock(tt.resolution, tt.offset)
			if got := c.nanos(tt.ticks); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

// TestClockExact compares with numbers of any size, there and back.
func TestClockExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		resolution := rapid.Byte().Draw(t, "resolution")
		offset := rapid.Int64Range(-latest/second, latest/second).Draw(t, "offset")
		ticks := rapid.Uint64().Draw(t, "ticks")
		per := new(mathbig.Int).Exp(mathbig.NewInt(10), mathbig.NewInt(int64(resolution&0x7f)), nil)
		if resolution&0x80 != 0 {
			per.Lsh(mathbig.NewInt(1), uint(resolution&0x7f))
		}
		want := new(mathbig.Int).Mul(new(mathbig.Int).SetUint64(ticks), mathbig.NewInt(second))
		want.Div(want, per)
		inRange := want.Cmp(mathbig.NewInt(latest)) <= 0
		if !inRange {
			want.SetInt64(latest)
		}
		want.Add(want, mathbig.NewInt(offset*second))
		exact := min(max(want.Int64(), 0), latest)
		c := newClock(resolution, offset)
		time := c.nanos(ticks)
		if time != exact {
			t.Fatalf("got %d, want %d", time, exact)
		}
		if !inRange || time == 0 || time == latest {
			return
		}
		if resolution <= 9 && c.ticks(time) != ticks {
			t.Fatalf("back from %d: got %d", time, c.ticks(time))
		}
		if back := c.nanos(c.ticks(time)); resolution >= 9 && resolution <= 18 && back != time {
			t.Fatalf("%d became %d", time, back)
		}
	})
}
