/** Examples, tokens and batches: from a labelled text to the columns of a matrix. */
package io.github.cola4j.data;
