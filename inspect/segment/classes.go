package segment

// classes are the classes of a place while it is made: by side, lists of
// identifiers that differ.
type classes struct {
	lists  [2][][]uint32
	byKey  [2]map[string]uint32
	always []uint32 // is in every list that is added
}

func newClasses() *classes {
	return &classes{byKey: [2]map[string]uint32{{}, {}}}
}

// add returns the numbers of two lists.
func (c *classes) add(ids [2][]uint32) (class [2]uint32) {
	for side := range class {
		if len(ids[side])+len(c.always) == 0 {
			class[side] = noClass
			continue
		}
		key := numbersKey(ids[side])
		if len(c.always) > 0 {
			key += "always"
		}
		n, ok := c.byKey[side][key]
		if !ok {
			n = uint32(len(c.lists[side]))
			c.byKey[side][key] = n
			c.lists[side] = append(c.lists[side], append(ids[side][:len(ids[side]):len(ids[side])], c.always...))
		}
		class[side] = n
	}
	return class
}

// listWords holds the classes of places without a matrix: lists. A list is a
// record: the list of the node around, or noClass, the number of identifiers,
// these.
type listWords []uint32

// chains makes the lists.
type chains struct {
	words listWords
	byKey map[string]uint32
}

// justAnyone is where the list is that all workloads have.
const justAnyone = 0

func newChains() chains {
	return chains{words: listWords{justAnyone: noClass, 1, anyone}, byKey: map[string]uint32{}}
}

// place turns the classes of nodes, numbers of lists, into chains.
func (c *chains) place(nodes []node, lists [2][][]uint32) {
	for i := range nodes {
		var ids [2][]uint32
		for side, class := range nodes[i].class {
			if class != noClass {
				ids[side] = lists[side][class]
			}
		}
		nodes[i].class = c.add(ids, [2]uint32{noClass, noClass})
	}
}

// add returns where two lists are.
func (c *chains) add(ids [2][]uint32, outer [2]uint32) (class [2]uint32) {
	for side := range class {
		class[side] = outer[side]
		if len(ids[side]) == 0 {
			continue
		}
		record := append([]uint32{outer[side], uint32(len(ids[side]))}, ids[side]...)
		key := numbersKey(record)
		at, ok := c.byKey[key]
		if !ok {
			at = uint32(len(c.words))
			c.byKey[key] = at
			c.words = append(c.words, record...)
		}
		class[side] = at
	}
	return class
}

// expand notes the identifiers of the classes that a seat has.
func (l listWords) expand(s *seat) {
	s.ids = s.ids[:0]
	for _, at := range s.classes {
		for at != noClass {
			s.ids = append(s.ids, l[at+2:][:l[at+1]]...)
			at = l[at]
		}
	}
}
