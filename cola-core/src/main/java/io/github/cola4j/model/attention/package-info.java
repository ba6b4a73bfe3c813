/**
 * Softmax attention whose scores have a bias or a mask, put together of matrix multiplications: a
 * head of one sequence at a time.
 */
package io.github.cola4j.model.attention;
