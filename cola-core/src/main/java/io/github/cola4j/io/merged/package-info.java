/** Models with an adapter merged into their weights, as transformers loads them. */
package io.github.cola4j.io.merged;
