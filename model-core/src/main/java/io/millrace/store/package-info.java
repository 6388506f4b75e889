/**
 * Where files of a run lie: a local disk, or an object store such as S3.
 *
 * <p>Read {@link io.millrace.store.ObjectStore} (what may be relied on) first. {@link
 * io.millrace.store.LocalObjectStore} keeps objects on a disk; other stores are adapted where their
 * clients are. What must not come in: the content of objects, and names of machines or times.
 */
package io.millrace.store;
