package segment

import (
	"time"

	"vxwall/rules"
)

// CompileTight compiles with the limits so low that every lookup does what it
// would do beyond them.
func CompileTight(set *rules.Set, now time.Time) *Policy { return compile(set, now, limits{}) }
