// Package photo takes a person's photograph out of the file in which it came: the pixels, and nothing else.
//
// A photograph from a telephone tells where and when it was taken, with which device, often with a second, uncut picture in it. [Read] decodes it, turns it as its
// orientation says, lays it on white, makes it small and writes the pixels anew as a JPEG that holds the tables and the pixels alone. So nothing has to be found and taken
// out: nothing is taken over.
//
// What a stranger's file can cost is bounded before it is decoded, by its head: see [Read].
package photo
