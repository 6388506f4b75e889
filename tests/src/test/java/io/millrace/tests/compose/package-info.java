/**
 * docker-compose.yml and the files it reads name only things that the project has.
 *
 * <p>Read {@link io.millrace.tests.compose.ComposeTest} first. What must not come in: a need for
 * Docker.
 */
package io.millrace.tests.compose;
