package doctor

import (
	"context"
	"time"
)

// How long an answer may take, and how often a request is tried: large ones are lost
// for other reasons, too.
const (
	echoWait  = 300 * time.Millisecond
	echoTries = 2
)

// leastMTU is what every path takes (RFC 791, RFC 8200).
var leastMTU = map[bool]int{true: 68, false: 1280} // by IPv4 or not

// search finds the largest packet that arrives, 0 if none does, by halving what is
// unknown. took is how long a small one was under way.
func (p *probe) search(ctx context.Context) (mtu int, took time.Duration, err error) {
	least := leastMTU[p.to.Is4()]
	took, ok := p.try(ctx, least)
	if !ok {
		return 0, 0, nil
	}
	mtu = bisect(least, p.mtu, func(size int) bool {
		_, ok := p.try(ctx, size)
		return ok
	})
	return mtu, took, ctx.Err()
}

// bisect returns the largest number from low to high that fits. low does, and what
// is larger than one that does not, does not either. The largest is asked first.
func bisect(low, high int, fits func(int) bool) int {
	if high <= low || fits(high) {
		return max(low, high)
	}
	for high-low > 1 {
		if middle := (low + high) / 2; fits(middle) {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

func (p *probe) try(ctx context.Context, size int) (took time.Duration, ok bool) {
	for range echoTries {
		if took, ok = p.echo(ctx, size, echoWait); ok || ctx.Err() != nil {
			return took, ok
		}
	}
	return 0, false
}
