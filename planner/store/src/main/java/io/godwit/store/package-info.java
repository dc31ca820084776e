/// The stores over JDBC: embedded HSQLDB by default, PostgreSQL by configuration.
@NullMarked
package io.godwit.store;

import org.jspecify.annotations.NullMarked;
