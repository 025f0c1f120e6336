package load

//go:generate go tool bpf2go -cc clang -target bpfel -cflags "-O2 -g -Wall -Werror" -type template -type plan -type progress generate generate.bpf.c -- -I/usr/include/x86_64-linux-gnu
//go:generate go tool bpf2go -cc clang -target bpfel -cflags "-O2 -g -Wall -Werror" -type counts -type setting sink sink.bpf.c -- -I/usr/include/x86_64-linux-gnu
//go:generate go tool bpf2go -cc clang -target bpfel -cflags "-O2 -g -Wall -Werror" redirect redirect.bpf.c -- -I/usr/include/x86_64-linux-gnu
