export { ECHO_FEATURES, EchoGuest, makeEchoServer } from './echo-server.ts'
export type { EchoServerOptions } from './echo-server.ts'
export { makeGuestFile, VhostUserFrontEnd } from './vhost-user-front-end.ts'
export type { GuestFile, Message } from './vhost-user-front-end.ts'
