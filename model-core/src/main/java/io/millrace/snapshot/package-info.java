/**
 * The published model's bytes: what a student learned, as files that a server, or Python, can read.
 *
 * <p>Read {@link io.millrace.snapshot.PublishedModel} (what is published) and {@link
 * io.millrace.snapshot.ModelFolder} (how it reaches readers whole or not at all) first. {@link
 * io.millrace.snapshot.Safetensors} and {@link io.millrace.snapshot.Manifest} each own one format.
 * Publishing twice gives the same bytes: no clock, no random names. Training state stays out; it is
 * written by its owners.
 */
package io.millrace.snapshot;
