/** What of viem encodes and decodes values, so that a bundle holds no more of it. Imported only when it is needed. */
export { decodeAbiParameters, encodeAbiParameters } from 'viem/utils'
