package io.culvert.operator.calico;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.calico.Decoded.Invalid;
import io.culvert.operator.calico.Decoded.Valid;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resource.FelixConfiguration;
import io.culvert.reconciler.resource.FelixConfiguration.NatOutgoingExclusions;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FelixConfigurationCodecTest {

    @Test
    void readsWhatConcernsCulvertAndPassesOverTheRest() {
        assertThat(spec("""
                        {'reportingInterval':'0s','logSeverityScreen':7,'ipipEnabled':true,'ipipMTU':1440,\
                        'externalNodesList':['10.9.0.0/24','10.8.0.1','10.7.0.9/16','fd00::/64'],'floatingIPs':[],\
                        'deviceRouteProtocol':80,'natOutgoingExclusions':'IPPoolsAndHostIPs','routeRefreshInterval':'1m30s'}"""))
                .isEqualTo(new Valid<>(new FelixConfiguration(
                        Optional.of(true),
                        OptionalInt.of(1440),
                        Set.of(Prefix.parse("10.9.0.0/24"), Prefix.parse("10.8.0.1/32"), Prefix.parse("10.7.0.0/16")),
                        OptionalInt.of(80),
                        Optional.of(NatOutgoingExclusions.IP_POOLS_AND_HOST_IPS),
                        OptionalLong.of(90_000))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{'ipipEnabled':null,'ipipMTU':0,'externalNodesList':null,'natOutgoingExclusions':''}",
                "{'defaultEndpointToHostAction':'Return','externalNodesList':[]}"
            })
    void saysNothing(String spec) {
        assertThat(spec(spec)).isEqualTo(new Valid<>(FelixConfiguration.NONE));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {'ipipEnabled':'yes'}                | spec.ipipEnabled: "yes": must be true or false; did you mean true?
            {'ipipMTU':20}                       | spec.ipipMTU: 20: must be an integer from 68 to 65535
            {'deviceRouteProtocol':256}          | spec.deviceRouteProtocol: 256: must be an integer from 0 to 255
            {'externalNodesList':'10.9.0.0/24'}  | spec.externalNodesList: "10.9.0.0/24": must be a list of strings
            {'externalNodesList':['x']}          | spec.externalNodesList[0]: "x": 'x' is not an IPv4 address such as 10.0.1.11
            {'externalNodesList':['1.2.3.4',7]}  | spec.externalNodesList[1]: 7: must be a string; put it in quotes
            {'routeRefreshInterval':'soon'}      | spec.routeRefreshInterval: "soon": 'soon' is not a duration such as 60s or 1m30s
            """)
    void namesTheFault(String spec, String fault) {
        assertThat(((Invalid<?>) spec(spec)).faults()).singleElement().hasToString(fault);
    }

    @Test
    void aNodesOwnComesFirstAndIsFilledUp() {
        FelixConfiguration own = ((Valid<FelixConfiguration>) spec("{'ipipMTU':1400}")).value();
        FelixConfiguration all = ((Valid<FelixConfiguration>)
                        spec("{'ipipMTU':1440,'ipipEnabled':false,'externalNodesList':['10.9.0.0/24']}"))
                .value();

        FelixConfiguration both = own.before(all);
        assertThat(both.ipipMtu()).hasValue(1400);
        assertThat(both.tunnelAllowed()).isFalse();
        assertThat(both.externalNodes()).containsOnly(Prefix.parse("10.9.0.0/24"));
    }

    private static Decoded<FelixConfiguration> spec(String spec) {
        String json = "{'kind':'FelixConfiguration','metadata':{'name':'default'},'spec':" + spec + "}";
        return FelixConfigurationCodec.decode(json.replace('\'', '"').getBytes(UTF_8));
    }
}
