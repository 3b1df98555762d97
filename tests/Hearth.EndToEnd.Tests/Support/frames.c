/*
 * Sends frames by a packet socket on eth0, as root of a guest can: each has something that the guest may not send.
 * Arguments: the guest's IPv4 address, and another one.
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static unsigned char own[6], all[6] = { 255, 255, 255, 255, 255, 255 }, stranger[6] = { 2, 9, 9, 9, 9, 9 };
static int fd;
static struct sockaddr_ll place = { .sll_family = AF_PACKET, .sll_halen = 6 };

static unsigned short checksum(const unsigned char *bytes, int length)
{
    unsigned sum = 0;
    for (int i = 0; i < length; i += 2)
        sum += bytes[i] << 8 | bytes[i + 1];
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return ~sum;
}

static int send_frame(const unsigned char *from, unsigned short type, const unsigned char *body, int length)
{
    unsigned char frame[128] = { 0 };
    memcpy(frame, all, 6);
    memcpy(frame + 6, from, 6);
    frame[12] = type >> 8;
    frame[13] = type;
    memcpy(frame + 14, body, length);
    if (sendto(fd, frame, 60 > 14 + length ? 60 : 14 + length, 0, (struct sockaddr *)&place, sizeof place) < 0) {
        perror("sendto");
        return 0;
    }
    return 1;
}

static int send_datagram(const unsigned char *from, const char *source, const char *target, unsigned short port)
{
    unsigned char packet[32] = { 0x45, 0, 0, 32, 0, 1, 0, 0, 64, 17 };
    inet_pton(AF_INET, source, packet + 12);
    inet_pton(AF_INET, target, packet + 16);
    unsigned short sum = checksum(packet, 20);
    packet[10] = sum >> 8;
    packet[11] = sum;
    packet[20] = port >> 8;
    packet[21] = port;
    packet[23] = 68;
    packet[25] = 12;
    return send_frame(from, 0x0800, packet, sizeof packet);
}

static int send_arp(const char *address)
{
    unsigned char packet[28] = { 0, 1, 8, 0, 6, 4, 0, 2 };
    memcpy(packet + 8, own, 6);
    inet_pton(AF_INET, address, packet + 14);
    return send_frame(own, 0x0806, packet, sizeof packet);
}

static int send_advertisement(void)
{
    unsigned char packet[56] = { 0x60, 0, 0, 0, 0, 16, 58, 255, [40] = 134 };
    inet_pton(AF_INET6, "fe80::1", packet + 8);
    inet_pton(AF_INET6, "ff02::1", packet + 24);
    return send_frame(own, 0x86dd, packet, sizeof packet);
}

int main(int count, char **arguments)
{
    struct ifreq request = { .ifr_name = "eth0" };
    fd = socket(AF_PACKET, SOCK_RAW, 0);
    if (count != 3 || fd < 0 || ioctl(fd, SIOCGIFHWADDR, &request)) {
        perror("packet socket");
        return 1;
    }
    memcpy(own, request.ifr_hwaddr.sa_data, 6);
    place.sll_ifindex = if_nametoindex("eth0");
    static const unsigned char tagged[46] = { 0, 5, 8, 0 };
    const char *mine = arguments[1], *other = arguments[2];
    int sent = send_datagram(stranger, mine, "224.0.0.251", 5353)   /* another MAC address */
        + send_datagram(own, other, "224.0.0.251", 5353)            /* another's IPv4 address */
        + send_datagram(own, other, "192.0.2.9", 5353)              /* the same, to the outside */
        + send_datagram(own, mine, "255.255.255.255", 67)           /* an answer of a DHCP server */
        + send_arp(other)                                           /* the gateway's place */
        + send_advertisement()
        + send_frame(own, 0x8100, tagged, sizeof tagged)            /* a VLAN tag */
        + send_frame(own, 0x88b5, tagged, sizeof tagged);           /* an unknown protocol */
    printf("%d frames\n", sent);
    return 0;
}
