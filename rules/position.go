package rules

// The decoded values say nothing of where they stood. The index is a tree of
// the same shape that does: a node per table, list and plain value, its
// children in source order. A list of tables written [[like this]] is a list
// node whose children are tables.

// kind is the shape of a node.
type kind uint8

const (
	plainNode kind = iota // string, number, boolean, date-time
	tableNode
	listNode
)

// node is one value. Nodes are kept in one slice and linked by index because
// a large policy has millions of them.
type node struct {
	name string // key that names it in its table; "" for an element of a list
	key  span   // that key; of an element: its value
	val  span   // the value; of a table with a header: the header
	kind kind

	first, last, next int32 // children and next sibling; 0 is none, as 0 is the root
	kids              int32
}

// index holds the nodes of one file; node 0 is the file's root table.
type index struct {
	nodes []node
	wide  map[edge]int32 // children of tables with more than narrow keys
}

type edge struct {
	parent int32
	name   string
}

// narrow is the number of keys up to which a table's children are searched
// one by one: all tables of a sane policy, none of a hostile one.
const narrow = 16

// add appends a child to a parent and returns it.
func (x *index) add(parent int32, child node) int32 {
	id := int32(len(x.nodes))
	x.nodes = append(x.nodes, child)
	p := &x.nodes[parent]
	if p.first == 0 {
		p.first = id
	} else {
		x.nodes[p.last].next = id
	}
	p.last = id
	p.kids++
	if p.kind == tableNode && p.kids > narrow {
		x.widen(parent)
	}
	return id
}

// widen enters the children of a table into the map; all of them when the
// table has just become wide, then only the newest.
func (x *index) widen(parent int32) {
	p := x.nodes[parent]
	if p.kids > narrow+1 {
		x.wide[edge{parent, x.nodes[p.last].name}] = p.last
		return
	}
	if x.wide == nil {
		x.wide = make(map[edge]int32)
	}
	for id := p.first; id != 0; id = x.nodes[id].next {
		x.wide[edge{parent, x.nodes[id].name}] = id
	}
}

// child returns the child of a table with a name, 0 if there is none.
func (x *index) child(parent int32, name string) int32 {
	p := &x.nodes[parent]
	if p.kids > narrow {
		return x.wide[edge{parent, name}]
	}
	for id := p.first; id != 0; id = x.nodes[id].next {
		if x.nodes[id].name == name {
			return id
		}
	}
	return 0
}

// table returns the table a key part leads to from a table: the child of that
// name, made if need be, or the newest element if it is a list of tables.
func (x *index) table(parent int32, name string, key span) int32 {
	id := x.child(parent, name)
	if id == 0 {
		return x.add(parent, node{name: name, key: key, val: key, kind: tableNode})
	}
	if x.nodes[id].kind == listNode && x.nodes[id].last != 0 {
		return x.nodes[id].last
	}
	return id
}
