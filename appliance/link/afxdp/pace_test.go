package afxdp

import (
	"testing"
	"time"
)

// TestPace sets the clock of the system while time passes.
func TestPace(t *testing.T) {
	c, err := newClock()
	check(t, err)
	for name, step := range map[string]time.Duration{"none": 0, "forward": time.Hour, "back": -time.Hour, "by little": -time.Second} {
		t.Run(name, func(t *testing.T) {
			var p pace
			start := time.Now()
			wall := start.UnixNano()
			if got := p.move(0, wall); got != wall {
				t.Fatalf("begins at %d, want %d", got, wall)
			}
			wall += int64(step)
			monotonic, last := int64(0), p.unix
			for range 3 * 3600 {
				monotonic += int64(time.Second)
				wall += int64(time.Second)
				now := p.move(monotonic, wall)
				if passed := time.Duration(now - last); passed < time.Second/2 || passed > time.Second*3/2 {
					t.Fatalf("%v pass in a second", passed)
				}
				last = now
			}
			if last != wall {
				t.Errorf("off by %v after three hours", time.Duration(last-wall))
			}
		})
	}
	t.Run("ahead", func(t *testing.T) {
		var p pace
		if p.ahead(&c, time.Now()) != 0 {
			t.Error("ahead before it began")
		}
		now := time.Now()
		p.tick(&c, now)
		p.unix += int64(time.Minute) // as if the system's clock had been set back
		if got := p.ahead(&c, now.Add(time.Second)); got != int64(time.Minute) {
			t.Errorf("ahead by %v", time.Duration(got))
		}
	})
}
