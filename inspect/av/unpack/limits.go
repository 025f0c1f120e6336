package unpack

import "time"

// Limits bound one walk, for a file comes from whoever wants the walk to take
// for ever. A field that is zero has the value of Default.
type Limits struct {
	Depth   int           // members within members
	Members int           // of the whole walk
	Ratio   int           // how many times its packed size a member may unpack to
	Size    int64         // bytes that all members unpack to
	Memory  int64         // bytes held at a time: members to be opened, windows of decoders
	Time    time.Duration // of the whole walk, what the visitor takes included
}

// Default are limits fit for a gateway.
var Default = Limits{
	Depth:   20,
	Members: 10_000,
	Ratio:   250,
	Size:    256 << 20,
	Memory:  64 << 20,
	Time:    10 * time.Second,
}

// ratioFloor is the size below which no ratio counts: a page of zeros packs
// better than any bomb, and does no harm.
const ratioFloor = 1 << 20

func (l Limits) orDefault() Limits {
	set(&l.Depth, Default.Depth)
	set(&l.Members, Default.Members)
	set(&l.Ratio, Default.Ratio)
	set(&l.Size, Default.Size)
	set(&l.Memory, Default.Memory)
	set(&l.Time, Default.Time)
	return l
}

func set[T int | int64 | time.Duration](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}

// Limit names one of the limits.
type Limit uint8

// The limits.
const (
	NoLimit Limit = iota
	LimitDepth
	LimitMembers
	LimitRatio
	LimitSize
	LimitMemory
	LimitTime
	limits
)

var limitNames = [limits]string{"none", "depth", "members", "ratio", "size", "memory", "time"}

func (l Limit) String() string { return limitNames[l] }

// Error makes a limit the error that ends a member, or the walk.
func (l Limit) Error() string { return "over the limit of " + limitNames[l] }

// ends says whether the walk is over with it: what is left can be no better.
// The others end one member, and its siblings are still looked at.
func (l Limit) ends() bool { return l == LimitMembers || l == LimitSize || l == LimitTime }
