/**
 * Texts, dialogues, prompt templates, tokens and batches: from what is said to the columns of a
 * matrix.
 */
package io.github.cola4j.data;
