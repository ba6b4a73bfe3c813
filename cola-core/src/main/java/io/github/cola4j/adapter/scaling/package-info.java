/** Adapters that scale rows or columns or add blocks of them: IA³, MiSS, SPP. */
package io.github.cola4j.adapter.scaling;
