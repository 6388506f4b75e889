/**
 * Object stores: what each of them must do, and the parts of a run that lie in one.
 *
 * <p>Read {@link io.millrace.tests.storage.ObjectStoreContract} first; {@link
 * io.millrace.tests.storage.S3Server} is an S3 server in this process. What must not come in: tests
 * that need another machine.
 */
package io.millrace.tests.storage;
