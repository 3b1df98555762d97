using System.Text;

namespace Hearth.EndToEnd.Tests.Worker.Api;

/// <summary>A request at random: one of docker's paths, with one or several things wrong.</summary>
internal sealed class StrangeRequest(Random random, IReadOnlyList<string> paths)
{
    private static readonly string[] names = ["missing", "%00", "%zz", "..%2f..%2fetc", "é", "a b", "", new('x', 3000), "sha256:0", "-", "%ff%fe"];
    private static readonly string[] queries =
    [
        "filters=%7B", "filters=[]", "filters=%7B%22label%22:5%7D", "filters=%7B%22label%22:%7B%22a%22:true%7D%7D", "filters=%7B%22until%22:[%22never%22]%7D", "all=maybe", "limit=x", "limit=-5", "t=99999999999",
        "since=never", "until=1e99", "tail=-1", "h=0&w=70000", "signal=NEVER", "size=1&size=2", "name=" + new string('n', 2000), "=&&&==", "stdout=1&stderr=%FF", "path=", "path=%2F..%2F..", "condition=removed", "platform=x/y/z/w",
    ];

    private static readonly string[] bodies =
    [
        "", "{", "null", "[]", "5", "\"text\"", "{}", "{\"Image\": 5}", "{\"Image\": \"x\", \"HostConfig\": []}", "{\"Image\": \"missing\", \"Cmd\": {\"a\": 1}}", "{\"Cmd\": [1, 2]}",
        "{\"Image\": \"missing\", \"HostConfig\": {\"PortBindings\": {\"x/y\": [{\"HostPort\": \"z\"}]}, \"Binds\": [\":::\"], \"Memory\": 1e30}}", "{\"Name\": null, \"Driver\": 7}", "{\"Name\": \"../..\", \"IPAM\": {\"Config\": [{\"Subnet\": \"300.0.0.0/99\"}]}}",
        "{\"Image\": \"missing\", \"Env\": [null], \"Labels\": {\"a\": null}}", "{\"Container\": [], \"EndpointConfig\": 1}", "\u00ff\u00fe\u0000", "{\"a\":" + new string('[', 2000), "{\"Memory\": -1, \"PidsLimit\": \"many\"}",
    ];

    /// <returns>The request, and whether it is whole, so that it must be answered; another one may end the connection.</returns>
    public (byte[] Bytes, bool IsWhole) Make()
    {
        string[] words = Pick(paths).Split(' ');
        string path = words[1].Replace("{id}", Pick(names), StringComparison.Ordinal).Replace("{name}", Pick(names), StringComparison.Ordinal);
        string body = Pick(bodies);
        string line = $"{(Rarely() ? "BREW" : words[0])} {(Rarely() ? "" : "/v1.47")}{path}{(Rarely() ? "" : "?" + Pick(queries))} HTTP/1.{(Rarely() ? 7 : 1)}";
        StringBuilder head = new($"{line}\r\nHost: docker\r\nConnection: close\r\nContent-Type: application/json\r\n");
        if (Rarely())
        {
            head.Append($"X-Large: {new string('h', 40_000)}\r\n");
        }

        if (Rarely())
        {
            head.Append("X-Registry-Auth: !!!\r\nno colon\r\n");
        }

        (string tail, bool isWhole) = random.Next(4) switch
        {
            0 => ($"Transfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n{body}\r\n0\r\n\r\n", true),
            1 when Rarely() => ($"Transfer-Encoding: chunked\r\n\r\nzz\r\n{body}", false),
            2 when Rarely() => ($"Content-Length: {body.Length + 10}\r\n\r\n{body}", false),
            _ => ($"Content-Length: {body.Length}\r\n\r\n{body}", true),
        };
        byte[] request = Encoding.Latin1.GetBytes(head.Append(tail).ToString());
        return Rarely() ? (request[..random.Next(1, request.Length)], false) : (request, isWhole);
    }

    private bool Rarely() => random.Next(8) == 0;

    private string Pick(IReadOnlyList<string> values) => values[random.Next(values.Count)];
}
