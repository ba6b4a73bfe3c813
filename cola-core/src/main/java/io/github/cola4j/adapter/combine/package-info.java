/** Several adapters as one, and one as a smaller one: pure functions of their low-rank changes. */
package io.github.cola4j.adapter.combine;
