/**
 * The whole chain as processes of their own on one machine: broker, job and server, with events
 * that come as time goes on. How fresh what is served is, and what kills do to it.
 *
 * <p>Read {@link io.millrace.tests.chain.Chain} and {@link io.millrace.tests.chain.Replica} first.
 * What must not come in: what a job without a server can show, see {@link io.millrace.tests.job}.
 */
package io.millrace.tests.chain;
