/** Models with quantised weights, as folders. */
package io.github.cola4j.io.quantized;
