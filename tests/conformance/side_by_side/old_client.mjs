// socket.io-client 2, which calls itself as modules of its time did.
import make from "socket.io-client-v2";

export const io = (url, { agent, ...options }) => make(url, options);
