/**
 * Files of events: how they are found, unpacked, and read row by row or in order of event time.
 *
 * <p>Read {@link io.millrace.file.EventFile} first, which reads a whole file, then {@link
 * io.millrace.file.OrderedEvents}, which reads several in order of event time, and {@link
 * io.millrace.file.EventInputs}, which finds the files that a path, a pattern or an address means.
 * What a row means is decided in package {@code format} alone.
 */
package io.millrace.file;
